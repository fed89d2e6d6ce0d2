"""AuthorizationPolicy and PeerAuthentication of Istio (docs/semantics.md 7)."""
