"""What every page is made of: templates, and the headlines, pictures and tables that they show."""
