"""The Posit Connect dialect: content is an app, a task a deployment."""
