// Starts the person's notebook server, waits until it is ready, then shows it in the frame.
"use strict";
{
  const POLL_MS = 1000;
  const SLOW_MS = 30000;
  const page = document.getElementById("notebook");
  const [waiting, message, retry, frame] = ["waiting", "message", "retry", "frame"].map((id) => document.getElementById(id));
  const startingText = message.textContent;

  async function ask(method) {
    const response = await fetch(page.dataset.server, { method, headers: { "X-CSRFToken": page.dataset.token } });
    if (response.redirected) {
      location.reload(); // the session ended: the reload leads to the login page
      return new Promise(() => {});
    }
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }

  async function open() {
    const begin = Date.now();
    waiting.className = "card";
    retry.hidden = true;
    message.textContent = startingText;
    try {
      let server = await ask("POST");
      while (!server.ready) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        if (Date.now() - begin > SLOW_MS) message.textContent = page.dataset.slow;
        server = await ask("GET");
      }
      frame.src = server.url;
      frame.hidden = false;
      waiting.hidden = true;
    } catch (error) {
      waiting.className = "card failed";
      message.textContent = error instanceof TypeError || error instanceof SyntaxError ? page.dataset.failed : error.message;
      retry.hidden = false;
    }
  }

  retry.addEventListener("click", open);
  open();
}
