"""What `./run bench` is made of: inputs, peers, contests by turns, statistics, reports."""
