"""One job of the table: what it computes, whether an earlier result holds, and its process."""
