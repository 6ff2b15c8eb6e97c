"""Tables over many calls: CSV, Parquet, workbook."""
