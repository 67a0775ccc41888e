"""What a snippet is: words or code, its language and frameworks, its tokens and neutral view."""
