"""Cluster-scoped policies of sig-network: AdminNetworkPolicy, its baseline, ClusterNetworkPolicy."""
