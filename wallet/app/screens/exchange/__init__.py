"""The dialogs to and from other programs: imports, exports, texts to paste."""
