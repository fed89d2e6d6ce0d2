"""Facts of the input about a cluster besides policies and workloads: Nodes, Services, and what stands behind them."""
