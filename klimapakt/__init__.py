"""The portal of a city's climate pact office."""
