"""The e-invoice's way to its receiver: scheduled, sent, registered, answered."""
