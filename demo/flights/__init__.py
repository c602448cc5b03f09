"""All flights that left New York City in 2013, with their planes and weather."""
