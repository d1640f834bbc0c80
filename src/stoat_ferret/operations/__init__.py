"""What keeps a service honest and reachable: keys, the audit log, webhooks."""
