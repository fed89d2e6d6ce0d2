"""Parts of sentences that several formats say."""
