"""Starting: settings, telemetry, the Temporal connection, and which connector stands behind each port."""
