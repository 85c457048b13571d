"""The dialogs about what keys may do, who is shut out, and what accounts share."""
