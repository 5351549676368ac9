"""Run → what people and programs read: drawings, the HTML report, CSV."""
