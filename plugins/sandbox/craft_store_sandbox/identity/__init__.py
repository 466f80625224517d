"""Who somebody is and what they may do: single sign-on, Candid, macaroons."""
