"""The demonstration: the sample campaign, told from frame to verdict, and the generators that invented it."""
