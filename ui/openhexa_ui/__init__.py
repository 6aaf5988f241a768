"""The drawing of forms and tasks: one ES module, used by the notebook's widgets and by the dashboard."""
