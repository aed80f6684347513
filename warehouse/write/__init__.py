"""The next warehouse: packages applied, checked, published."""
