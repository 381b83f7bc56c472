"""The models pane and the model dropdown."""
