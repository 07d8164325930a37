"""The parameters of requests: system prompt, reasoning effort, sampling."""
