"""The pages of this room. A page reads, calls one function of a room, shows the result.

The folder is not called "pages": beside its script Streamlit would take that for its own.
"""
