from partners.admin.application.page import ApplicationAdmin

__all__ = ["ApplicationAdmin"]
