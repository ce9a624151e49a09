"""What was acknowledged, and whether it is there after kills, power cuts and broken disks."""
