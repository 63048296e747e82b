DROP TABLE audit;
DROP TABLE session;
DROP TABLE login_request;
