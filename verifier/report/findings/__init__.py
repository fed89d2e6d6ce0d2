"""Reports for programs that list findings: SARIF, JUnit, GitHub, GitLab."""
