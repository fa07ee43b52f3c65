"""What talks to the world outside: plain values in, an answer or a refusal out."""
