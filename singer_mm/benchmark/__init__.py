"""The whole table: every task, protocol and seed for one or more backbones, interruptible at any moment."""
