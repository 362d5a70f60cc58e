"""A Facebook Page, what it publishes, and the comments below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.facebook import events
from sandbox.facebook.errors import TOKEN_DEATHS

if TYPE_CHECKING:
    from sandbox.facebook.books import Books
    from sandbox.facebook.messages import Message
    from sandbox.facebook.templates import Template


@dataclass(eq=False, kw_only=True)
class Post:
    """Something a Page published, with its comments in the order they were written."""

    id: str
    """The Page's id, an underscore, and a number of its own."""
    page: Page
    message: str
    created_at: float
    live: LiveVideo | None = None
    comments: list[Comment] = field(default_factory=list, repr=False)

    @property
    def number(self) -> str:
        return self.id.partition("_")[2]

    @property
    def status_type(self) -> str:
        return "added_video" if self.live else "mobile_status_update"

    @property
    def permalink_url(self) -> str:
        return f"https://www.facebook.com/{self.page.id}/posts/{self.number}"


@dataclass(eq=False, kw_only=True)
class LiveVideo:
    """A live video has three ids: its own, its video's, and its post's."""

    id: str
    video_id: str
    post: Post = field(repr=False)
    title: str
    status: str = "LIVE"

    @property
    def page(self) -> Page:
        return self.post.page

    @property
    def post_id(self) -> str:
        return self.post.id

    @property
    def comments(self) -> list[Comment]:
        return self.post.comments

    @property
    def created_at(self) -> float:
        return self.post.created_at

    @property
    def permalink_url(self) -> str:
        return f"/{self.page.id}/videos/{self.video_id}"

    async def ends(self) -> None:
        """The broadcast stops, then becomes a video on demand: two events."""
        for status in ("LIVE_STOPPED", "VOD"):
            self.status = status
            self.page.books.tell(events.live_video_changed(self, self.page.books.now()))


@dataclass(frozen=True, eq=False)
class Video:
    """The recording of a live video: the way from its id to its post."""

    live: LiveVideo

    @property
    def page(self) -> Page:
        return self.live.page


@dataclass(eq=False, kw_only=True)
class Comment:
    """One comment, by a person or by the Page itself."""

    id: str
    number: int
    """Its place in the order of writing, which is what paging cursors say."""
    post: Post = field(repr=False)
    author_id: str
    author_name: str
    text: str
    created_at: float
    parent: Comment | None = None
    anonymous: bool = False
    """Whether Facebook keeps the author to itself: then `from` is missing."""
    low_quality: bool = False
    """Whether the default `live_filter` drops it."""
    edited_at: float | None = None
    hidden: bool = False
    deleted: bool = False
    private_reply: Message | None = None
    replies: list[Comment] = field(default_factory=list, repr=False)

    @property
    def page(self) -> Page:
        return self.post.page

    @property
    def by_page(self) -> bool:
        return self.author_id == self.page.id

    async def gets_reply(self, *, contains: str = "", timeout: float = 10.0) -> Comment:
        """Wait for a public reply with this text; an AssertionError says what was replied instead."""
        reply = await self.page.books.wait_for(
            lambda: next((reply for reply in self.replies if contains in reply.text), None), timeout
        )
        if reply is None:
            replies = [reply.text for reply in self.replies]
            raise AssertionError(f"{self.text!r} waited {timeout:g} s for {contains!r}, got only {replies}")
        return reply


class Page:
    """A Page, and what the people who run it do in Facebook's own app."""

    def __init__(self, books: Books, *, page_id: str, name: str, token: str) -> None:
        self.books = books
        self.id = page_id
        self.name = name
        self.token = token
        self.token_death: int | None = None
        """The subcode that says why the token is refused, once it is."""
        self.subscribed_fields: set[str] = set()
        self.posts: list[Post] = []
        self.templates: dict[str, Template] = {}

    @property
    def live_videos(self) -> list[LiveVideo]:
        return [post.live for post in self.posts if post.live]

    @property
    def page(self) -> Page:
        return self

    def loses_token(self, subcode: int = 460) -> None:
        """Facebook refuses the token from now on; `TOKEN_DEATHS` has the reasons."""
        if subcode not in TOKEN_DEATHS:
            raise ValueError(f"a token dies of {list(TOKEN_DEATHS)}, not {subcode}")
        self.token_death = subcode

    async def goes_live(self, title: str, *, story_id: str | None = None) -> LiveVideo:
        """Start a live video. Its post carries the video's number, or `story_id` as on newer Pages."""
        video_id = self.books.new_id()
        post = Post(page=self, id=f"{self.id}_{story_id or video_id}", message=title, created_at=self.books.now())
        live = post.live = LiveVideo(id=self.books.new_id(), video_id=video_id, post=post, title=title)
        self.posts.append(post)
        self.books.nodes |= {live.id: live, post.id: post, video_id: Video(live)}
        self.books.tell(events.live_video_changed(live, post.created_at))
        self.books.tell(events.video_published(live))
        return live

    async def publishes(self, message: str) -> Post:
        """Publish an ordinary post."""
        post_id = f"{self.id}_{self.books.new_id()}"
        post = Post(page=self, id=post_id, message=message, created_at=self.books.now())
        self.posts.append(post)
        self.books.nodes[post_id] = post
        self.books.tell(events.post_published(post))
        return post

    async def comments(self, on: Post | LiveVideo | Comment, text: str) -> Comment:
        """Comment as the Page: on a post, or in reply to a comment."""
        return await self.write_comment(on, text, author_id=self.id, author_name=self.name)

    async def hides(self, comment: Comment) -> None:
        """Hide a comment from the public."""
        comment.hidden = True
        self.books.tell(events.comment_hidden(comment, self.books.now()))

    async def unhides(self, comment: Comment) -> None:
        """Show a hidden comment again."""
        comment.hidden = False
        self.books.tell(events.comment_hidden(comment, self.books.now()))

    async def deletes(self, comment: Comment) -> None:
        """Delete anybody's comment."""
        await self.remove_comment(comment)

    async def write_comment(
        self,
        on: Post | LiveVideo | Comment,
        text: str,
        *,
        author_id: str,
        author_name: str,
        anonymous: bool = False,
        low_quality: bool = False,
    ) -> Comment:
        """Put a comment where it belongs and tell the subscribers."""
        post = on if isinstance(on, Post) else on.post
        parent = on if isinstance(on, Comment) else None
        number = self.books.new_id()
        comment = Comment(
            id=f"{post.number}_{number}",
            number=int(number),
            post=post,
            parent=parent,
            author_id=author_id,
            author_name=author_name,
            text=text,
            created_at=self.books.now(),
            anonymous=anonymous,
            low_quality=low_quality,
        )
        post.comments.append(comment)
        if parent is not None:
            parent.replies.append(comment)
        self.books.nodes[comment.id] = comment
        self.books.tell(events.comment_added(comment))
        await self.books.announce()
        return comment

    async def remove_comment(self, comment: Comment) -> None:
        """Take a comment and the replies below it away; one event for each."""
        for reply in list(comment.replies):
            await self.remove_comment(reply)
        if not comment.deleted:
            comment.deleted = True
            comment.post.comments.remove(comment)
            if comment.parent is not None:
                comment.parent.replies.remove(comment)
            del self.books.nodes[comment.id]
            self.books.tell(events.comment_removed(comment, self.books.now()))
