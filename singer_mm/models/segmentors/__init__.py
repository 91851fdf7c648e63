"""mmseg models for a ViT; a config imports the ones it uses by `custom_imports`."""
