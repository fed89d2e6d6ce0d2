# The formula of a tap. `python -m release channels` fills it.
class NetpolVerifier < Formula
  desc "Prove properties of Kubernetes network policies, or show what breaks them"
  homepage "https://github.com/netpol-verifier/netpol-verifier"
  version "{{ version }}"
  license "Apache-2.0"

  depends_on "python@3.13"

  on_macos do
    on_arm do
      url "https://github.com/netpol-verifier/netpol-verifier/releases/download/v{{ version }}/netpol-darwin-arm64.tar.gz"
      sha256 "{{ sha256 netpol-darwin-arm64.tar.gz }}"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/netpol-verifier/netpol-verifier/releases/download/v{{ version }}/netpol-linux-arm64.tar.gz"
      sha256 "{{ sha256 netpol-linux-arm64.tar.gz }}"
    end
    on_intel do
      url "https://github.com/netpol-verifier/netpol-verifier/releases/download/v{{ version }}/netpol-linux-amd64.tar.gz"
      sha256 "{{ sha256 netpol-linux-amd64.tar.gz }}"
    end
  end

  def install
    libexec.install Dir["*"]
    bin.install_symlink libexec/"kubectl-netpol" => "netpol"
    bin.install_symlink libexec/"kubectl-netpol"
    man1.install libexec/"share/man/man1/netpol.1"
    bash_completion.install libexec/"share/bash-completion/completions/netpol"
    zsh_completion.install libexec/"share/zsh/site-functions/_netpol"
    fish_completion.install libexec/"share/fish/vendor_completions.d/netpol.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/netpol --version")
  end
end
