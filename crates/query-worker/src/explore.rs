//! What is in the columns of a result or table.
