"""What the tasks share that make calibration products: frames, amplifiers, and the form of the products."""
