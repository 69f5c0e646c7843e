"""The fault lab of bench/faults."""
