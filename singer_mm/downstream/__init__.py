"""What downstream tasks share: the features of a frozen backbone, computed once."""
