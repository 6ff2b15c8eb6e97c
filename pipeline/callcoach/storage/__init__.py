"""The output folder, its databases and the files that are read and written there."""
