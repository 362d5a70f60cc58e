"""The page behind a buyer's link: what they owe, and the button that leads to the provider's page."""
