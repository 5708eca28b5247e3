"""The mails of this app for the editor „Mailtexte“: what sets each off, and what the words in braces stand for."""

from partners.mail_kinds import application, interest, partner, profile, talk

KINDS = (*interest.KINDS, *application.KINDS, *partner.KINDS, *profile.KINDS, *talk.KINDS)
