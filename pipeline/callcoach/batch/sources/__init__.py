"""Which calls there are, and what is known of them before they are heard."""
