"""What is private in a call: finding it in the words, and hiding it."""
