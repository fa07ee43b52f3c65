"""What the program says in other languages: a catalogue for each, and how it is kept complete."""
