"""The tables. Importing this package makes all of them known to `Base.metadata`."""

from tacoord.matching.gaps import GapKind
from tacoord.models.access import (
    AccountRequest,
    AskState,
    CallCount,
    Invitation,
    PasswordAsk,
    SignInAttempt,
)
from tacoord.models.assistance import (
    AssistanceRequest,
    Offer,
    OfferState,
    OfferTag,
    RequestGroup,
    RequestState,
    RequestTag,
)
from tacoord.models.audit import AuditCut, AuditEntry
from tacoord.models.base import Base, new_public_id, utcnow
from tacoord.models.change import Change
from tacoord.models.digest import (
    DeliveryState,
    DigestDefinition,
    DigestDelivery,
    DigestIssue,
    Frequency,
    IssueState,
)
from tacoord.models.gap import GapState, Indicator
from tacoord.models.group import CoordinationGroup, GroupTag, Member
from tacoord.models.imported_record import Fate, ImportedRecord
from tacoord.models.job import Heartbeat, ImportJob, ImportState, JobRun, KeptAnswer
from tacoord.models.organisation import (
    MergedOrganisation,
    NameKind,
    Organisation,
    OrganisationName,
    OrganisationTag,
)
from tacoord.models.overlap import Decision, Kind, MatchingModel, Overlap, RegisterWords, Verdict
from tacoord.models.project import (
    BudgetLine,
    Mask,
    PreparedProject,
    Project,
    ProjectGroup,
    ProjectIdentifier,
    ProjectKey,
    ProjectOrganisation,
    ProjectState,
    ProjectTag,
    Source,
    Visibility,
)
from tacoord.models.project_role import ProjectRole
from tacoord.models.provider import Provider, ProviderIdentity
from tacoord.models.second_factor import Authenticator, Passkey, RecoveryCode
from tacoord.models.sign_in import SignIn
from tacoord.models.told_apart import ToldApart
from tacoord.models.user import ApiToken, Role, RoleGrant, TokenScope, User
from tacoord.models.vocabulary import Term

__all__ = [
    "AccountRequest",
    "ApiToken",
    "AskState",
    "AssistanceRequest",
    "AuditCut",
    "AuditEntry",
    "Authenticator",
    "Base",
    "BudgetLine",
    "CallCount",
    "Change",
    "CoordinationGroup",
    "Decision",
    "DeliveryState",
    "DigestDefinition",
    "DigestDelivery",
    "DigestIssue",
    "Fate",
    "Frequency",
    "GapKind",
    "GapState",
    "GroupTag",
    "Heartbeat",
    "ImportJob",
    "ImportState",
    "ImportedRecord",
    "Indicator",
    "Invitation",
    "IssueState",
    "JobRun",
    "KeptAnswer",
    "Kind",
    "Mask",
    "MatchingModel",
    "Member",
    "MergedOrganisation",
    "NameKind",
    "Offer",
    "OfferState",
    "OfferTag",
    "Organisation",
    "OrganisationName",
    "OrganisationTag",
    "Overlap",
    "Passkey",
    "PasswordAsk",
    "PreparedProject",
    "Project",
    "ProjectGroup",
    "ProjectIdentifier",
    "ProjectKey",
    "ProjectOrganisation",
    "ProjectRole",
    "ProjectState",
    "ProjectTag",
    "Provider",
    "ProviderIdentity",
    "RecoveryCode",
    "RegisterWords",
    "RequestGroup",
    "RequestState",
    "RequestTag",
    "Role",
    "RoleGrant",
    "SignIn",
    "SignInAttempt",
    "Source",
    "Term",
    "TokenScope",
    "ToldApart",
    "User",
    "Verdict",
    "Visibility",
    "new_public_id",
    "utcnow",
]
