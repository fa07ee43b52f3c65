"""A laboratory information system for autologous mesenchymal stromal cells."""
