"""Pages for people.

sign_in: the page behind a sign-in link
"""
