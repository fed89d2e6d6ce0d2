"""What is true of the corpus set `cilium-home-ops`, found by reading its 18 policies before there was a reader of
Cilium policies, and never adjusted since.

All namespaced policies name no namespace, so they are read in `default`. Two cluster-wide ones isolate every pod for
egress: `allow-dns-egress` lets all pods ask kube-dns, through the DNS proxy; `allow-cluster-egress` lets those without
the label `egress.home.arpa/custom-egress` reach every pod, whatever is in the cluster, and the world. The others let
the pods of a Gateway in the namespace `network`, and few more, in to one port each. `forgejo-runner` asks for a default
deny of ingress, has no ingress entries, and so isolates nothing (6.1, J27); the group `internet` is nowhere (6.2).
"""

ATUIN = "default/app.kubernetes.io/name=atuin,app.kubernetes.io/instance=atuin"
JELLYFIN = "default/app.kubernetes.io/name=jellyfin,app.kubernetes.io/instance=jellyfin"
SEARXNG = "default/app.kubernetes.io/name=searxng,app.kubernetes.io/instance=searxng"
GATEWAY = "network/gateway.networking.k8s.io/gateway-name=envoy-internal"
CUSTOM = "egress.home.arpa/custom-egress"
DNS = "kube-system/k8s-app=kube-dns"
RUNNER = "default/app.kubernetes.io/managed-by=forgejo-runner"

TRUTHS = (
    # Only the gateway gets in, on one port.
    (f"only {GATEWAY} -> {ATUIN} : TCP/8888", "proved"),
    (f"only {GATEWAY} -> {ATUIN}", "proved"),
    (f"never {GATEWAY} -> {ATUIN} : TCP/8889", "proved"),
    (f"never external -> {ATUIN}", "proved"),
    (f"never {GATEWAY} -> {ATUIN} : TCP/8888", "violated"),
    # A pod that asks for egress of its own reaches nothing but DNS, and a gateway may be one.
    (f"always {GATEWAY} -> {ATUIN} : TCP/8888", "violated"),
    (f"always {GATEWAY},!{CUSTOM} -> {ATUIN} : TCP/8888", "proved"),
    (f"never */{CUSTOM},!app.kubernetes.io/managed-by -> external", "proved"),
    (f"always default/!{CUSTOM} -> external : TCP/443", "proved"),
    (f"never default/!{CUSTOM} -> node", "violated"),
    (f"never */{CUSTOM},!app.kubernetes.io/managed-by -> node", "proved"),
    # Where the broader entry lets DNS through, the proxy does not narrow it; where it stands alone, it decides.
    (f"always default/!{CUSTOM} -> {DNS} : UDP/53", "proved"),
    (f"always default/{CUSTOM} -> {DNS} : UDP/53", "unknown"),
    (f"never default/{CUSTOM},!app.kubernetes.io/managed-by -> {DNS} : TCP/80", "proved"),
    # The runner: a group that is nowhere, ports that are; and no default deny of ingress.
    (f"never {RUNNER},{CUSTOM} -> external : TCP/80", "unknown"),
    (f"never {RUNNER},{CUSTOM} -> external : TCP/22", "proved"),
    (f"always {RUNNER} -> network/gateway.networking.k8s.io/gateway-name=envoy-external : TCP/443", "proved"),
    (f"never external -> {RUNNER}", "violated"),
    # Peers of other namespaces, and the namespace that no longer is the own one.
    (f"never media/app.kubernetes.io/name=bazarr -> {JELLYFIN}", "proved"),
    (f"never default/app.kubernetes.io/name=bazarr -> {JELLYFIN}", "proved"),
    (f"always downloads/app.kubernetes.io/name=bazarr,!{CUSTOM} -> {JELLYFIN} : TCP/8096", "proved"),
    (f"never downloads/app.kubernetes.io/name=bazarr -> {JELLYFIN} : TCP/8097", "proved"),
    (f"never ai/app.kubernetes.io/name=open-webui -> {SEARXNG} : TCP/8080", "violated"),
    (f"never default/app.kubernetes.io/name=open-webui -> {SEARXNG}", "proved"),
)  # fmt: skip
"""Claims, each with its verdict in the open universe."""
