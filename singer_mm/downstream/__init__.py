"""What downstream tasks have in common: the features of a frozen backbone are computed once."""
