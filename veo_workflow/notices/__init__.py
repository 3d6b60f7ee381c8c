"""What people are told of: kinds and ids alone. Who reads them out, with names, stands on the top floor."""
