"""Random histories that must all end well; a failure names the seed to play again."""
