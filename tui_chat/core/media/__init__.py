"""Pictures and other media: their headers, and those that come with a reply."""
